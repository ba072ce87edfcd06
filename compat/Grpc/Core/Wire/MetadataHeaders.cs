namespace Grpc.Core.Wire;

/// <summary>Metadata as HTTP headers: <c>-bin</c> values in base64, everything else as it is.</summary>
internal static class MetadataHeaders
{
    private static readonly HashSet<string> ProtocolNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "content-type", "te", "host", "accept-encoding", ProtocolHeaders.Timeout, ProtocolHeaders.Encoding,
        ProtocolHeaders.AcceptEncoding, ProtocolHeaders.Status, ProtocolHeaders.Message,
    };

    public static string Encode(Metadata.Entry entry) =>
        entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;

    /// <summary>Adds what a header carries, unless it belongs to the protocol or to HTTP.</summary>
    /// <exception cref="FormatException">A binary value is not base64.</exception>
    public static void AddHeader(this Metadata metadata, string name, string value)
    {
        if (name.StartsWith(':') || ProtocolNames.Contains(name) || !Metadata.Entry.IsValidKey(name)) return;
        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(name, value);
            return;
        }

        // Intermediaries may have joined several values of one name.
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries)) metadata.Add(name, Decode(part));
    }

    private static byte[] Decode(string base64) =>
        Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
}

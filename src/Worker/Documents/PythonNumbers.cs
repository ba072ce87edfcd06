namespace FineWebTorch.Worker.Documents;

/// <summary>
/// A line as JSON has it whose numbers were NaN, Infinity or -Infinity, which Python's json.dumps writes by default:
/// null stands in their places.
/// </summary>
internal sealed class PythonNumbers
{
    private readonly List<int> _widened;

    private PythonNumbers(byte[] line, List<int> widened) => (Line, _widened) = (line, widened);

    /// <summary>UTF-8.</summary>
    public byte[] Line { get; }

    /// <returns>Null where the line has none of them outside of its strings.</returns>
    public static PythonNumbers? WithNulls(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("NaN"u8) < 0 && line.IndexOf("Infinity"u8) < 0)
            return null;
        var (output, widened, any) = (new List<byte>(line.Length + 16), new List<int>(), false);
        for (var i = 0; i < line.Length;)
        {
            var rest = line[i..];
            var number = NumberAt(rest);
            if (number > 0)
            {
                any = true;
                output.AddRange("null"u8);
                output.AddRange(Enumerable.Repeat((byte)' ', Math.Max(0, number - 4)));
                // NaN is the one word that is shorter than null.
                if (number < 4)
                    widened.Add(output.Count - 1);
            }

            var length = number > 0 ? number : TokenLength(rest);
            if (number == 0)
                output.AddRange(rest[..length]);
            i += length;
        }

        return any ? new PythonNumbers([.. output], widened) : null;
    }

    /// <summary>Where a byte of <see cref="Line"/> stands in the line as it was.</summary>
    public long? OriginalPosition(long? position) => position - _widened.Count(place => place < position);

    private static int NumberAt(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("NaN"u8) ? 3
        : rest.StartsWith("Infinity"u8) ? 8
        : rest.StartsWith("-Infinity"u8) ? 9
        : 0;

    /// <summary>A whole string, or one byte.</summary>
    private static int TokenLength(ReadOnlySpan<byte> rest)
    {
        if (rest[0] != '"')
            return 1;
        var i = 1;
        while (i < rest.Length && rest[i] != '"')
            i += rest[i] == '\\' ? 2 : 1;
        return Math.Min(i + 1, rest.Length);
    }
}

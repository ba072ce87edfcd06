using System.Text.RegularExpressions;

namespace FineWebTorch.Hub;

/// <summary>Places that others name by an address and that this program neither reads nor writes: buckets, websites.</summary>
public static partial class ForeignPlace
{
    private static readonly (string Schemes, string Name, string? Tool)[] Known =
    [
        ("s3 s3a s3n", "S3 buckets", "'aws s3 cp --recursive'"),
        ("gs gcs", "Google Cloud buckets", "'gcloud storage cp --recursive'"),
        ("az abfs abfss adl wasb wasbs", "Azure containers", "'azcopy copy --recursive'"),
        ("hdfs webhdfs", "HDFS paths", "'hdfs dfs'"),
        ("http https ftp sftp", "web addresses beside the Hub's", "'curl --location --remote-name'"),
        ("file", "file: addresses", null),
    ];

    /// <param name="text">A path, a name or an address.</param>
    /// <param name="isOutput">It is to be written.</param>
    /// <param name="endpoint">Of the Hub, besides huggingface.co; asked for only where it matters.</param>
    /// <returns>The text.</returns>
    /// <exception cref="FormatException">It is such a place; the message says what to do instead.</exception>
    public static string Refuse(string text, bool isOutput = false, Func<Uri>? endpoint = null)
    {
        if (Scheme().Match(text) is not { Success: true } match || HubPath.LooksLikeOne(text, endpoint?.Invoke()))
            return text;
        var scheme = match.Groups[1].Value.ToLowerInvariant();
        (string Schemes, string Name, string? Tool) other = (scheme, $"{scheme}: addresses", "its own tool");
        var (_, name, tool) = Known.FirstOrDefault(known => known.Schemes.Split(' ').Contains(scheme), other);
        throw new FormatException(
            tool is null ? $"{name} are not supported; give the path alone, as /data/file.parquet"
            : isOutput ? $"{name} are not supported; give a folder and copy it there afterwards with {tool}, or publish " +
                "to the Hub: hf://datasets/owner/name"
            : $"{name} are not supported; copy it here first with {tool}, or mount it as a folder, or take it from the " +
                "Hub: hf://datasets/owner/name/path");
    }

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*)://")]
    private static partial Regex Scheme();
}

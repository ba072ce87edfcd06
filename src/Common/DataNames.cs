namespace FineWebTorch.Common;

/// <summary>Names of files and folders that are no data, for the tools that read and write datasets.</summary>
public static class DataNames
{
    /// <summary>
    /// Hidden ones, and those that begin with an underscore: Spark's <c>_temporary</c> and <c>_SUCCESS</c>, Delta's
    /// <c>_delta_log</c>. Not a partition's folder such as <c>_day=3</c>. Checksums that Hadoop puts beside files.
    /// </summary>
    /// <param name="name">Of one file or folder, not a path.</param>
    public static bool IsNoData(string name) => name.StartsWith('.') ||
        (name.StartsWith('_') && !name.Contains('=', StringComparison.Ordinal)) ||
        name.EndsWith(".crc", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name that is no data is asked for all the same, as shells have it for hidden ones.</summary>
    /// <param name="name">For which <see cref="IsNoData"/> holds.</param>
    /// <param name="pattern">The part of a pattern that it matches.</param>
    public static bool IsTypedIn(string name, string pattern) => name[0] is '.' or '_'
        ? pattern.StartsWith(name[0])
        : pattern.EndsWith(".crc", StringComparison.OrdinalIgnoreCase);
}

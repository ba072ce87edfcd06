namespace FineWebTorch.Hub;

/// <summary>
/// Names of blobs under way: <c>ETAG.xxxxxxxx.incomplete</c>, one a process, as other tools name them.
/// </summary>
internal static class IncompleteFiles
{
    private const string Extension = ".incomplete";

    /// <summary>
    /// A name that no other process writes to. The largest file left over from an attempt that died is renamed to it:
    /// a rename succeeds for one process alone. Call with the blob's lock held, which says that no attempt is alive.
    /// </summary>
    public static string Claim(string blob)
    {
        var own = $"{blob}.{Guid.NewGuid().ToString("N")[..8]}{Extension}";
        var left = new DirectoryInfo(Path.GetDirectoryName(blob)!)
            .EnumerateFiles(Path.GetFileName(blob) + ".*" + Extension)
            .OrderByDescending(file => file.Length);
        foreach (var file in left)
        {
            try
            {
                file.MoveTo(own);
                return own;
            }
            catch (IOException)
            {
                // Another process was faster.
            }
        }
        return own;
    }
}

namespace FineWebTorch.Scale;

/// <summary>A ledger's place on this machine's disk; goes with all that is in it.</summary>
internal sealed class LedgerFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fineweb-scale-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "ledger.sqlite");

    public string Folder => _folder.FullName;

    /// <summary>Of the ledger, with its log.</summary>
    public long Bytes => _folder.EnumerateFiles().Sum(file => file.Length);

    public void Dispose() => _folder.Delete(recursive: true);
}

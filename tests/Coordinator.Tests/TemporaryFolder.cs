namespace FineWebTorch.Coordinator.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coordinator-");

    public string Path => _folder.FullName;

    /// <summary>A path below the folder; its own folder exists.</summary>
    public string this[params string[] parts]
    {
        get
        {
            var path = System.IO.Path.Combine([Path, .. parts]);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            return path;
        }
    }

    public void Dispose()
    {
        Secrets.DemandNoneIn(Path);
        _folder.Delete(recursive: true);
    }
}

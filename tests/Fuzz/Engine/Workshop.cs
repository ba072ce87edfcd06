namespace FineWebTorch.Fuzz.Engine;

/// <summary>A folder of this process, in memory where the system has such, for inputs that have to be files.</summary>
internal sealed class Workshop : IDisposable
{
    private const string InMemory = "/dev/shm";

    private static int _count;

    public Workshop()
    {
        var parent = Directory.Exists(InMemory) ? InMemory : Path.GetTempPath();
        Folder = Path.Combine(parent, $"fineweb-fuzz-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        Directory.CreateDirectory(Folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    public string Folder { get; }

    public string this[string name] => Path.Combine(Folder, name);

    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}

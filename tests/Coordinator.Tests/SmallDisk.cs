namespace FineWebTorch.Coordinator.Tests;

/// <summary>A file system in memory, of a few pages.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    public static SmallDisk? TryCreate(string path, int kilobytes)
    {
        Directory.CreateDirectory(path);
        return Call("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", path) ? new SmallDisk(path) : null;
    }

    public void Dispose() => Call("umount", "-l", _path);

    private static bool Call(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

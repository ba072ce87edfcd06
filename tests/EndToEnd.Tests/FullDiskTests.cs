namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A disk without room is called that.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private string Score =>
        $"exec dotnet '{ProgramProcess.PathOf("worker")}' score '{Path.Combine(_folder.Input, "000", "000_00000.parquet")}' " +
        $"--model '{_folder.Model}' --device cpu --format jsonl";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Score_OntoAFullStandardOutput_SaysSo()
    {
        Executables.Demand(File.Exists("/dev/full"), "needs /dev/full");
        await using var worker = ProgramProcess.StartPeer("sh", "-c", $"{Score} > /dev/full");

        Assert.Equal(1, await worker.ExitAsync());
        Assert.Contains("worker: the disk is full: ", worker.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_IntoAFolderOfAFullDisk_NamesTheFolderAndLeavesNothing()
    {
        var disk = Directory.CreateDirectory(Path.Combine(_folder.Root, "disk")).FullName;
        await using var attempt = ProgramProcess.StartPeer(
            "unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk);
        Executables.Demand(await attempt.ExitAsync() == 0, "needs to be allowed 'unshare --mount', as root is");
        await using var worker = ProgramProcess.StartPeer(
            "unshare", "--mount", "sh", "-c",
            $"mount -t tmpfs -o size=4k tmpfs '{disk}' && printf '%4096s' > '{disk}/other'; " +
            $"({Score} --output '{disk}/scores.jsonl'); code=$?; ls -A '{disk}'; exit $code");

        Assert.Equal(1, await worker.ExitAsync());
        Assert.Contains(
            $"worker: the disk is full: there is no room for more in {disk}; make room", worker.Errors,
            StringComparison.Ordinal);
        Assert.Equal("other", worker.Output.Trim());
    }
}

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

    /// <summary>
    /// A disk that fills while the run goes: the run stops with everything whole, and the same command goes on when
    /// there is room.
    /// </summary>
    /// <param name="what">The folder on the small disk.</param>
    [Theory]
    [InlineData("output")]
    [InlineData("run")]
    public async Task Run_TheDiskFills_StopsWithoutFailingAFileAndGoesOnWhenThereIsRoom(string what)
    {
        string[] options = ["--local-workers", "1", "--keep", "all"];
        var expected = await ProgramProcess.RunAsync("coordinator", _folder.Arguments("expected", options));
        Assert.Equal(0, expected.ExitCode);
        await using var attempt = ProgramProcess.StartPeer(
            "unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", _folder.Root);
        Executables.Demand(await attempt.ExitAsync() == 0, "needs to be allowed 'unshare --mount', as root is");
        var disk = Directory.CreateDirectory(what == "run" ? _folder.Run("full") : _folder.Output("full")).FullName;
        var run = string.Join(' ', _folder.Arguments("full", options).Select(one => $"'{one}'"));

        await using var coordinator = ProgramProcess.StartPeer("unshare", "--mount", "sh", "-c", $$"""
            mount -t tmpfs -o size=16m tmpfs '{{disk}}' || exit 99
            run() { dotnet '{{ProgramProcess.PathOf("coordinator")}}' {{run}}; }
            (until ls '{{_folder.Run("full")}}/local-worker-0.log'; do sleep 0.05; done
             head -c 100m /dev/zero > '{{disk}}/filler') >/dev/null 2>&1 &
            run; echo "first: $?"
            rm '{{disk}}/filler'
            run; echo "second: $?"
            cd '{{_folder.Output("full")}}/data' && sha256sum $(find . -type f | sort)
            """);

        await coordinator.ExitAsync();
        Assert.Contains("first: 1\n", coordinator.Output, StringComparison.Ordinal);
        Assert.Contains($"the disk of {disk}", coordinator.Errors, StringComparison.Ordinal);
        Assert.Contains("second: 0\n", coordinator.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("files failed", coordinator.Output, StringComparison.Ordinal);
        Assert.All(_folder.Shards("expected"), shard => Assert.Contains(
            $"{shard.Value}  ./{shard.Key}", coordinator.Output, StringComparison.Ordinal));
    }
}

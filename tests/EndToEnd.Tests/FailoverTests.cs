using System.Diagnostics;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>
/// A second coordinator goes on where the first one was killed, and its worker goes along; nothing shows in the shards.
/// Run it ten times for the times of twenty take-overs.
/// </summary>
public sealed class FailoverTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 2;
    private readonly RunFolder _folder = new(copies: 4);
    private readonly PostgresServer _server = PostgresServer.Start();
    private readonly string[] _addresses = [FreeAddress(), FreeAddress()];

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Leader_KilledTwice_StandbysFinishToTheSameBytes()
    {
        await RunAloneAsync();
        var leader = ProgramProcess.Start("coordinator", Arguments(0, "run"));
        await leader.LineWithAsync("--coordinator ");
        await using var worker = StartWorker([]);
        for (var kill = 1; kill <= Kills; kill++)
        {
            var standby = ProgramProcess.Start("coordinator", Arguments(kill % 2, "standby"));
            await standby.LineWithAsync("leads the run");
            await leader.LineWithAsync(" is done: ");
            // In the midst of a file.
            await Task.Delay(Random.Shared.Next(300), TestContext.Current.CancellationToken);
            leader.Signal("KILL");
            await TimeAsync(standby, worker, kill);
            await leader.DisposeAsync();
            leader = standby;
        }

        _folder.ReleaseBrake();
        Assert.True(await leader.ExitAsync() == 0, leader.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        await leader.DisposeAsync();
        Assert.Equal(_folder.Shards("alone"), _folder.Shards("both"));
    }

    /// <summary>Each has a run folder of its own, and a copy of the folder that says who may take part.</summary>
    [Fact]
    public async Task Leader_ThatEncryptsKilled_MachinesThatJoinedItGoToTheStandby()
    {
        await RunAloneAsync();
        var own = new Dictionary<string, string?>
        {
            ["XDG_CONFIG_HOME"] = _folder.NewFolder("config"),
            ["XDG_CACHE_HOME"] = _folder.NewFolder("cache"),
        };
        await using var leader = ProgramProcess.Start("coordinator", Encrypting(0, "run"));
        await leader.LineWithAsync("--coordinator ");
        var (access, copy) = (Path.Combine(_folder.Root, "0", "access"), Path.Combine(_folder.Root, "1", "access"));
        Directory.CreateDirectory(copy);
        foreach (var file in (string[])["key.pem", "certificate.pem", "tokens.json", "join"])
            File.Copy(Path.Combine(access, file), Path.Combine(copy, file));
        await using var worker = StartWorker(own, "--join", "@" + Path.Combine(access, "join"));
        await using var standby = ProgramProcess.Start("coordinator", Encrypting(1, "standby"));
        await standby.LineWithAsync("leads the run");
        await leader.LineWithAsync(" is done: ");
        leader.Signal("KILL");
        await TimeAsync(standby, worker, kill: 1);

        _folder.ReleaseBrake();
        Assert.True(await standby.ExitAsync() == 0, standby.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        Assert.Equal(_folder.Shards("alone"), _folder.Shards("both"));
    }

    private string[] Encrypting(int machine, string command) =>
    [
        .. Arguments(machine, command).Select(argument =>
            argument == _addresses[machine] ? argument.Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal) : argument),
        "--access", Path.Combine(_folder.Root, $"{machine}", "access"), "--settle", "100ms",
    ];

    /// <summary>
    /// A stopped process keeps its connections, and with them its locks. When it goes on it finds that it leads no more.
    /// </summary>
    [Fact]
    public async Task Leader_Stopped_IsTakenOverFromAndWritesNothingWhenItGoesOn()
    {
        await RunAloneAsync();
        await using var stopped = ProgramProcess.Start("coordinator", Arguments(0, "run"));
        await stopped.LineWithAsync("--coordinator ");
        await using var worker = StartWorker([]);
        await using var standby = ProgramProcess.Start("coordinator", Arguments(1, "standby"));
        await standby.LineWithAsync("leads the run");
        await stopped.LineWithAsync(" is done: ");
        stopped.Signal("STOP");
        await TimeAsync(standby, worker, kill: 1);
        _folder.ReleaseBrake();
        Assert.True(await standby.ExitAsync() == 0, standby.Errors);
        Assert.True(await worker.ExitAsync() == 0, worker.Errors);
        Assert.Equal(_folder.Shards("alone"), _folder.Shards("both"));
        var (files, before) = (FilesOf("both"), stopped.Errors);

        stopped.Signal("CONT");

        Assert.Equal(1, await stopped.ExitAsync());
        // It may tell its progress once more; beside that there is one line, the last.
        var lines = stopped.Errors[before.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains(" files, ", StringComparison.Ordinal) &&
                !line.Contains("of progress left out", StringComparison.Ordinal));
        Assert.Contains("another coordinator has taken this run over", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Equal(files, FilesOf("both"));
    }

    /// <summary>All that lies in an output, and when it was written.</summary>
    private List<(string Name, long Size, DateTime Written)> FilesOf(string run) =>
        [.. new DirectoryInfo(_folder.Output(run)).EnumerateFiles("*", SearchOption.AllDirectories)
            .OrderBy(file => file.FullName, StringComparer.Ordinal)
            .Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc))];

    private async Task RunAloneAsync()
    {
        var (exitCode, _, errors) = await ProgramProcess.RunAsync(
            "coordinator", _folder.Arguments("alone", "--local-workers", "1"));
        Assert.True(exitCode == 0, errors);
    }

    private ProgramProcess StartWorker(Dictionary<string, string?> environment, params string[] more) =>
        ProgramProcess.StartIn(
            new Dictionary<string, string?>(environment) { [FaultyDevice.Variable] = _folder.Braked(50).ToJson() },
            "faultyWorker",
            ["--device", "cpu", "--threads", "1", "--coordinator", string.Join(',', _addresses), .. more]);

    private async Task TimeAsync(ProgramProcess standby, ProgramProcess worker, int kill)
    {
        var start = Stopwatch.GetTimestamp();
        await standby.LineWithAsync("--coordinator ");
        var taken = Stopwatch.GetElapsedTime(start);
        await worker.LineWithAsync("connected to", occurrence: kill + 1);
        output.WriteLine(
            $"taken over after {taken.TotalSeconds:0.0} s, the worker is back after " +
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        Assert.InRange(taken, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    /// <summary>Of one of two machines: they share input and output, and each has a run folder of its own.</summary>
    private string[] Arguments(int machine, string command) =>
    [
        command,
        .. _folder.Arguments("both", "--listen", _addresses[machine], "--ledger", _server.Address()).Skip(1)
            .Select(argument => argument == _folder.Run("both") ? _folder.Run($"both-{machine}") : argument),
    ];

    private static string FreeAddress() => $"127.0.0.1:{FreePorts.Take()}";
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using FineWebTorch.Common;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>The line that lets a machine join, between two networks, with somebody in between who writes down all.</summary>
public sealed class JoinTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Worker_OnAnotherMachine_JoinsByTheLineThenByNothingAndNobodyCanRead()
    {
        await using var network = await NetworkPair.MakeAsync();
        var (cache, record) = (_folder.NewFolder("cache"), Path.Combine(_folder.Root, "record"));
        var own = new Dictionary<string, string?>
        {
            ["XDG_CONFIG_HOME"] = _folder.NewFolder("config"),
            ["XDG_CACHE_HOME"] = cache,
        };
        await using (var coordinator = Start(network, "first", $"{NetworkPair.Address}:0"))
        {
            var address = new Uri((await coordinator.WorkerArgumentsAsync())[^1]);
            Assert.Equal("https", address.Scheme);
            await using var recorder = await RecordAsync(network, address.Port, record);
            var token = await TokenAsync("first", address);
            await using var worker = Work(network, "first", new Dictionary<string, string?>(own)
            {
                ["FINEWEB_JOIN"] = token,
                ["FINEWEB_COORDINATOR"] = $"https://{NetworkPair.Address}:{RecorderPort}",
            });
            Assert.True(await coordinator.ExitAsync() == 0, coordinator.Errors);
            Assert.True(await worker.ExitAsync() == 0, worker.Errors);
            Assert.Contains("from now on 'worker' alone joins", worker.Errors, StringComparison.Ordinal);
            await using var unable = Work(network, "first", own, "--no-wait");
            Assert.Equal(4, await unable.ExitAsync());
            DemandUnreadable(await File.ReadAllBytesAsync(record, TestContext.Current.CancellationToken), token);
        }

        await using var next = Start(network, "second", $"{NetworkPair.Address}:0");
        var again = new Uri((await next.WorkerArgumentsAsync())[^1]);
        await using var second = await RecordAsync(network, again.Port, record);
        await using var alone = Work(network, "second", own);
        Assert.True(await next.ExitAsync() == 0, next.Errors);
        Assert.True(await alone.ExitAsync() == 0, alone.Errors);
        Assert.Contains("as before", alone.Errors, StringComparison.Ordinal);
        Assert.Equal(_folder.Shards("first"), _folder.Shards("second"));
    }

    [Fact]
    public async Task Worker_ThatIsNotLetInOrMeetsAnother_SaysWhichAndWhatToDo()
    {
        await using var coordinator = ProgramProcess.Start(
            "coordinator", _folder.Arguments("guarded", "--listen", "0.0.0.0:0"));
        var port = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Port;
        var access = Path.Combine(_folder.Run("guarded"), "access");
        var token = JoinToken.ParseOption("@" + Path.Combine(access, "join"));
        var word = token.Write().Reveal();
        var address = $"https://127.0.0.1:{port}";

        await DemandAsync(2, "it needs a join token", token: null, address);
        await DemandAsync(2, "mistyped or cut off", word[..^2] + "xy", address);
        await DemandAsync(2, "write https://", word, $"http://127.0.0.1:{port}");
        await DemandAsync(5, "it speaks TLS", token: null, $"http://127.0.0.1:{port}");
        await DemandAsync(
            5, "another key than the join token names", (token with { Pin = new string('a', 64) }).Write().Reveal(), address);
        await DemandAsync(
            5, "not one of this coordinator's",
            (token with { Secret = Secret.Draw(JoinToken.SecretPrefix) }).Write().Reveal(), address);
        await DemandAsync(5, "'brief' has expired", await AddTokenAsync("brief", "--expires", "100ms"), address);
        var (exit, _, errors) = await ProgramProcess.RunAsync(
            "coordinator", "token", "revoke", "join", "--run", _folder.Run("guarded"));
        Assert.True(exit == 0, errors);
        await DemandAsync(5, "'join' has been revoked", word, address);

        await using var plain = ProgramProcess.Start(
            "coordinator", _folder.Arguments("open", "--listen", "0.0.0.0:0", "--insecure"));
        var open = new Uri((await plain.WorkerArgumentsAsync())[^1]).Port;
        await DemandAsync(5, "it does not encrypt", word, $"https://127.0.0.1:{open}");
        await plain.LineWithAsync("--insecure: whoever reaches 0.0.0.0");
    }

    /// <summary>As where somebody listens in the coordinator's place, or its folder has been lost.</summary>
    [Fact]
    public async Task Worker_ThatHasJoinedAndMeetsAnotherKey_ShowsItNothingAndJoinsAnewByItsLine()
    {
        var machine = new Dictionary<string, string?>
        {
            ["XDG_CONFIG_HOME"] = _folder.NewFolder("config"),
            ["XDG_CACHE_HOME"] = _folder.NewFolder("cache"),
        };
        ProgramProcess Run(string name, string listen) =>
            ProgramProcess.Start("coordinator", _folder.Arguments(name, "--listen", listen, "--settle", "100ms"));
        ProgramProcess Join(string name, int port) => ProgramProcess.StartIn(
            new Dictionary<string, string?>(machine)
            {
                ["FINEWEB_JOIN"] = "@" + Path.Combine(_folder.Run(name), "access", "join"),
            },
            "worker", "--device", "cpu", "--threads", "1", "--coordinator", $"https://127.0.0.1:{port}");

        await using var first = Run("first", "0.0.0.0:0");
        var port = new Uri((await first.WorkerArgumentsAsync())[^1]).Port;
        await using var joining = Join("first", port);
        Assert.True(await first.ExitAsync() == 0, first.Errors);
        Assert.True(await joining.ExitAsync() == 0, joining.Errors);

        await using var second = Run("second", $"0.0.0.0:{port}");
        await second.WorkerArgumentsAsync();
        await using var alone = ProgramProcess.StartIn(machine, "worker", "--device", "cpu");
        Assert.True(await alone.ExitAsync() == 5, alone.Errors);
        Assert.Contains(
            "another key than the join token names", alone.Errors.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        await using var anew = Join("second", port);
        Assert.True(await second.ExitAsync() == 0, second.Errors);
        Assert.True(await anew.ExitAsync() == 0, anew.Errors);
    }

    /// <returns>The word.</returns>
    private async Task<string> AddTokenAsync(string name, params string[] more)
    {
        var add = new ProcessStartInfo(
            "dotnet",
            [ProgramProcess.PathOf("coordinator"), "token", "add", name, .. more, "--run", _folder.Run("guarded")]);
        return (await Executables.OutputOfAsync(add)).Split(' ')[0]["FINEWEB_JOIN=".Length..];
    }

    /// <summary>One line, and nothing of the token in it.</summary>
    private async Task DemandAsync(int exitCode, string reason, string? token, string address)
    {
        await using var worker = ProgramProcess.StartIn(
            new Dictionary<string, string?>
            {
                ["XDG_CONFIG_HOME"] = _folder.NewFolder("config"),
                ["XDG_CACHE_HOME"] = _folder.NewFolder("cache"),
                ["FINEWEB_JOIN"] = token,
            },
            "worker", "--device", "cpu", "--coordinator", address);
        Assert.True(await worker.ExitAsync() == exitCode, worker.Errors);
        Assert.Contains(reason, worker.Errors.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
    }

    private const int RecorderPort = 5999;

    /// <summary>Both runs know the same machines.</summary>
    private ProgramProcess Start(NetworkPair network, string name, string listen) => ProgramProcess.StartThrough(
        network.Head.Launcher, network.Head.Environment, "coordinator", _folder.Arguments(
            name, "--listen", listen, "--settle", "100ms", "--access", Path.Combine(_folder.Root, "access")));

    private ProgramProcess Work(
        NetworkPair network, string name, IReadOnlyDictionary<string, string?> environment, params string[] more) =>
        ProgramProcess.StartThrough(
            [.. network.Workers.Launcher, .. _folder.Elsewhere(name)], environment, "worker",
            ["--device", "cpu", "--threads", "1", .. more]);

    private static async Task<ProgramProcess> RecordAsync(NetworkPair network, int port, string file)
    {
        var recorder = ProgramProcess.StartHolder(
            network.Head.Launcher[0],
            [
                .. network.Head.Launcher[1..], Executables.Require("node"),
                Path.Combine(TestData.RepositoryRoot, "tests", "peers", "recorder.mjs"), NetworkPair.Address,
                $"{RecorderPort}", NetworkPair.Address, port.ToString(CultureInfo.InvariantCulture), file,
            ]);
        await recorder.LineWithAsync("recording");
        return recorder;
    }

    /// <summary>From the line that a person pastes.</summary>
    private async Task<string> TokenAsync(string name, Uri address)
    {
        var show = new ProcessStartInfo(
            "dotnet",
            [
                ProgramProcess.PathOf("coordinator"), "token", "show", "--run", _folder.Run(name), "--access",
                Path.Combine(_folder.Root, "access"),
            ]);
        var line = (await Executables.OutputOfAsync(show)).Split('\n')[0].Split(' ');
        Assert.Equal(
            ["bin/worker", "--gpu", "0", "--coordinator", address.GetLeftPart(UriPartial.Authority)], line[1..]);
        return line[0]["FINEWEB_JOIN=".Length..];
    }

    /// <summary>Of what went over the network nothing is plain: not the protocol, no name and no text.</summary>
    private static void DemandUnreadable(byte[] record, string token)
    {
        Assert.InRange(record.Length, 10_000, int.MaxValue);
        foreach (var plain in (string[])["PRI * HTTP/2.0", "fineweb", ".parquet", "edu-tiny", token, "fwt1_", "fwc1_", "fws1_"])
            Assert.True(record.AsSpan().IndexOf(Encoding.UTF8.GetBytes(plain)) < 0, $"'{plain}' can be read");
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Limits;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Coordinator.Tests.Sessions;

namespace FineWebTorch.Coordinator.Tests.Control;

public sealed class ControlServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Command_OverTheSocket_IsDoneWhenItIsAnswered()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        await using var server = await StartAsync(host);
        using var client = new ControlClient(host.Places.RunFolder);

        Assert.Equal(["run"], (await client.DoAsync("pause", [], Token)).Done);

        Assert.True(host.Ledger.Load()!.Paused);
        Assert.True((await client.LookAsync(Token)).Paused);
        Assert.Equal("no worker here matches a b&c", (await client.DoAsync("workers/drain", ["a b&c"], Token)).Refusal);
    }

    [Fact]
    public async Task Retry_FileThatIsStillOfNoUse_SaysWhy()
    {
        await using var host = await RunHost.StartAsync(_folder, 8, 8);
        await using var server = await StartAsync(host);
        using var client = new ControlClient(host.Places.RunFolder);
        await client.DoAsync("files/skip", ["0.parquet"], Token);

        var answer = await client.DoAsync("files/retry", ["0.parquet"], Token);

        Assert.StartsWith("0.parquet is still of no use: ", answer.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_SomeAreStillOfNoUse_TheOthersAreTriedAgain()
    {
        await using var host = await RunHost.StartAsync(_folder, 8, 8, 8);
        var desk = new ControlDesk(
            (request, token) => host.Loop.AskAsync<ControlAnswer>(
                answer => new RunCommand.Control(request, answer), token),
            (file, _) => file.Index == 0
                ? throw new FileNotFoundException("no such file")
                : Task.FromResult<LedgerChange.FileReplaced?>(
                    new LedgerChange.FileReplaced(file with { Failure = null }, DropScores: false)));
        await using var server = await ControlServer.StartAsync(
            host.Places.RunFolder, desk, () => host.Loop.SnapshotAsync(), new PeerLimits());
        using var client = new ControlClient(host.Places.RunFolder);
        await client.DoAsync("files/skip", ["0*", "1*"], Token);

        var answer = await client.DoAsync("files/retry", ["*"], Token);

        Assert.Null(answer.Refusal);
        Assert.Equal(["1.parquet"], answer.Done);
        Assert.Equal(["0.parquet is still of no use: no such file"], answer.Useless);
        Assert.Equal(
            "0.parquet is still of no use: no such file",
            (await client.DoAsync("files/retry", ["0.parquet"], Token)).Refusal);
        Assert.Equal(1, host.Core.Files.CountOf(FileStage.Failed));
    }

    [Fact]
    public void Socket_IsItsUsersAlone_AndGoesWithTheServer()
    {
        var folder = _folder["run"];
        Directory.CreateDirectory(folder);
        using (var socket = ControlSocket.Bind(folder))
        {
            Assert.Equal(Path.Combine(folder, "control.sock"), socket.Path);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket.Path));
        }

        Assert.Null(ControlSocket.Find(folder));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Socket_OfACoordinatorThatWasKilled_IsReplaced()
    {
        var folder = _folder["run"];
        Directory.CreateDirectory(folder);
        using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "control.sock")));

        using var socket = ControlSocket.Bind(folder);

        Assert.Equal(socket.Path, ControlSocket.Find(folder));
    }

    [Theory]
    [InlineData(107, true)]
    [InlineData(108, false)]
    [InlineData(400, false)]
    public async Task Socket_PathTooLong_IsATemporaryOneThatTheRunFolderNames(int length, bool fits)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "knows how long a path may be");
        var folder = FolderWithSocketPathOf(length);
        string path;
        using (var socket = ControlSocket.Bind(folder))
        {
            socket.Socket.Listen();
            path = socket.Path;
            Assert.Equal(fits, path.StartsWith(folder, StringComparison.Ordinal));
            Assert.Equal(path, ControlSocket.Find(folder));
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Token);
        }

        Assert.Empty(Directory.GetFiles(folder));
        Assert.Equal(fits, Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void TemporarySocket_OfACoordinatorThatWasKilled_GoesWhenTheNextOneStarts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "knows how long a path may be");
        var folder = FolderWithSocketPathOf(300);
        var dead = ControlSocket.Bind(folder);

        using var socket = ControlSocket.Bind(folder);

        Assert.NotEqual(dead.Path, socket.Path);
        Assert.False(Directory.Exists(Path.GetDirectoryName(dead.Path)));
        Assert.Equal(socket.Path, ControlSocket.Find(folder));
    }

    [Fact]
    public void Client_NoSocket_SaysSo()
    {
        Directory.CreateDirectory(_folder["run"]);

        var refusal = Assert.Throws<UserErrorException>(() => new ControlClient(_folder["run"]));

        Assert.Equal(
            $"{_folder["run"]}: a coordinator works on this run, but it has no socket for commands", refusal.Message);
    }

    [Fact]
    public async Task Client_NobodyListens_SaysSo()
    {
        Directory.CreateDirectory(_folder["run"]);
        using var socket = ControlSocket.Bind(_folder["run"]);
        using var client = new ControlClient(_folder["run"]);

        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => client.DoAsync("pause", [], Token));

        Assert.EndsWith("but nobody listens on its socket here", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_AboutMoreNamesThanOneMayHave_SaysSo()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        await using var server = await StartAsync(host);
        using var client = new ControlClient(host.Places.RunFolder);
        string[] many = [.. Enumerable.Range(0, 3000).Select(number => $"worker-{number}")];

        var answer = await client.DoAsync("workers/drain", many, Token);
        var refusal = await Assert.ThrowsAsync<UserErrorException>(
            () => client.DoAsync("workers/drain", [.. many, new string('x', 300_000)], Token));

        Assert.StartsWith("no worker here matches worker-0, ", answer.Refusal, StringComparison.Ordinal);
        Assert.Equal("too many names for one command; give fewer, or a pattern such as 'a*'", refusal.Message);
    }

    [Theory]
    [InlineData("a\u001b[2J")]
    [InlineData("a\nb")]
    [InlineData("a\u202eb")]
    public async Task Command_WithANameThatMayNotBeShown_IsRefused(string name)
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        await using var server = await StartAsync(host);
        using var client = new ControlClient(host.Places.RunFolder);

        var answer = await client.DoAsync("workers/ban", [name], Token);

        Assert.Equal("a name has control characters; type ? for each of them", answer.Refusal);
        Assert.Empty(host.Events.OfType<RunEvent.WorkerBanned>());
    }

    [Fact]
    public async Task SlowClients_AreCut_AndTooManyOfThemTurnedAway()
    {
        await using var host = await RunHost.StartAsync(_folder, 8);
        var limits = new PeerLimits { ControlConnections = 20, ControlTime = TimeSpan.FromSeconds(1) };
        await using var server = await StartAsync(host, limits);
        var path = new UnixDomainSocketEndPoint(ControlSocket.Find(host.Places.RunFolder)!);
        var slow = new List<Socket>();
        for (var i = 0; i < 100; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            slow.Add(socket);
            await socket.ConnectAsync(path, Token);
            await IgnoreCutAsync(() => socket.SendAsync("GET /v1/r"u8.ToArray(), Token).AsTask());
        }

        foreach (var socket in slow)
            await IgnoreCutAsync(async () =>
            {
                while (await socket.ReceiveAsync(new byte[1000], Token) > 0)
                {
                }
            });

        using var client = new ControlClient(host.Places.RunFolder);
        Assert.False((await client.LookAsync(Token)).Paused);
        slow.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData(0U, 1000U, true)]
    [InlineData(1000U, 1000U, true)]
    [InlineData(1001U, 1000U, false)]
    [InlineData(1000U, 0U, false)]
    public void Peer_IsTheUserOrRoot(uint peer, uint user, bool trusted) =>
        Assert.Equal(trusted, SocketPeer.IsTrusted(peer, user));

    [Fact]
    public async Task Socket_ThatTheFileSystemLetsOthersOpen_IsNotTheirs()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            Assert.Skip("takes another user's identity");
        await using var host = await RunHost.StartAsync(_folder, 8);
        await using var server = await StartAsync(host);
        var path = ControlSocket.Find(host.Places.RunFolder)!;
        const UnixFileMode everyone = (UnixFileMode)0x1FF;
        for (var folder = path; folder != Path.GetTempPath().TrimEnd('/'); folder = Path.GetDirectoryName(folder)!)
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder, everyone);
        }

        var mine = await CurlAsync("0", path);
        var theirs = await CurlAsync("65534", path);

        Assert.StartsWith("{", mine, StringComparison.Ordinal);
        Assert.Equal("", theirs);
    }

    /// <summary>What a program of another user gets to see of the run.</summary>
    private static async Task<string> CurlAsync(string user, string path)
    {
        var start = new ProcessStartInfo(
            "setpriv", ["--reuid", user, "--clear-groups", "curl", "-s", "--unix-socket", path, "http://run/v1/run"])
        {
            RedirectStandardOutput = true,
        };
        Process? curl = null;
        try
        {
            curl = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("there is no setpriv here");
        }

        using (curl)
        {
            var seen = await curl.StandardOutput.ReadToEndAsync(Token);
            await curl.WaitForExitAsync(Token);
            Assert.SkipWhen(curl.ExitCode == 127, "there is no curl here");
            return seen;
        }
    }

    private static async Task IgnoreCutAsync(Func<Task> talk)
    {
        try
        {
            await talk();
        }
        catch (SocketException)
        {
            // The other end has closed it.
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ControlServer> StartAsync(RunHost host, PeerLimits? limits = null) => ControlServer.StartAsync(
        host.Places.RunFolder,
        ControlDesk.Of(host.Loop, new RunInput(Runs.Spec, hub: null, overwrite: false, _ => { })),
        () => host.Loop.SnapshotAsync(),
        limits ?? new PeerLimits());

    /// <summary>Names of folders are 255 bytes at most.</summary>
    private string FolderWithSocketPathOf(int length)
    {
        var rest = length - _folder["x"].Length + 1 - "/control.sock".Length;
        var names = rest > 200 ? new string('a', 200) + "/" + new string('b', rest - 201) : new string('a', rest);
        return Directory.CreateDirectory(_folder[names]).FullName;
    }
}

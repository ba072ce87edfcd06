using System.Net.Sockets;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Inputs;
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
            host.Places.RunFolder, desk, () => host.Loop.SnapshotAsync());
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

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ControlServer> StartAsync(RunHost host) => ControlServer.StartAsync(
        host.Places.RunFolder,
        ControlDesk.Of(host.Loop, new RunInput(Runs.Spec, hub: null, overwrite: false, _ => { })),
        () => host.Loop.SnapshotAsync());

    /// <summary>Names of folders are 255 bytes at most.</summary>
    private string FolderWithSocketPathOf(int length)
    {
        var rest = length - _folder["x"].Length + 1 - "/control.sock".Length;
        var names = rest > 200 ? new string('a', 200) + "/" + new string('b', rest - 201) : new string('a', rest);
        return Directory.CreateDirectory(_folder[names]).FullName;
    }
}

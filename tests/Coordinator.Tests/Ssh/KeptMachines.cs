using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;
using FineWebTorch.Coordinator.Ssh;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>Machines and who keeps workers on them, with programs that only pretend.</summary>
internal sealed class KeptMachines : IAsyncDisposable
{
    public const string Token = "fwj1_of-a-test";

    /// <summary>
    /// Says what it was given, works until it is told to end, or fails as it is told by a file. As an archive's program
    /// it is started by the name that its file has without links. It ends with its file at the latest. A file says from
    /// when on it would hand in.
    /// </summary>
    private const string Program =
        """
        #!/bin/sh
        self=$(readlink -f "$0")
        [ "$0" = "$self" ] || exec "$self" "$@"
        echo "$(tr '\0' ' ' </proc/$$/cmdline) through ${HTTPS_PROXY:-none}"
        [ -e "$FINEWEB_SSH_HOME/fails" ] && { echo "the driver is gone"; exit 1; }
        [ -e "$FINEWEB_SSH_HOME/unwanted" ] && { echo "turned away"; exit 5; }
        trap 'echo handed in; exit 0' TERM
        : >"$FINEWEB_SSH_HOME/at-work.$$"
        while [ -e "$0" ]; do sleep 0.05; done

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Machine> _machines = [];
    private ProgramPackage _package = null!;

    public FakeTime Time { get; } = new();

    public List<string> Told { get; } = [];

    public RunSight Run { get; set; } = new(RunStage.Working, 0);

    public bool IsWanted { get; set; } = true;

    public IReadOnlyList<Machine> All => _machines;

    /// <summary>Living ones, of all machines.</summary>
    public IReadOnlyList<int> Workers => [.. _machines.SelectMany(machine => machine.Workers).Order()];

    public string Logs => _folder["logs"];

    /// <summary>Waits until every living worker hands in when it is told to end.</summary>
    public async Task UntilAtWorkAsync()
    {
        while (!_machines.All(machine => machine.Workers.All(machine.IsAtWork)))
            await Task.Delay(5, Cancellation);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<KeptMachines> MakeAsync()
    {
        var kept = new KeptMachines();
        var worker = kept._folder["programs", "bin", "worker"];
        await File.WriteAllTextAsync(worker, Program.ReplaceLineEndings("\n"), Cancellation);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(worker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        PrivateFile.Write(kept._folder["join"], Encoding.ASCII.GetBytes(Token + "\n"));
        kept._package = await ProgramPackage.OfAsync(kept._folder["programs"], Cancellation);
        return kept;
    }

    public T Add<T>(T machine)
        where T : Machine
    {
        Directory.CreateDirectory(machine.Home);
        _machines.Add(machine);
        return machine;
    }

    /// <summary>That many, which are this one.</summary>
    public async Task AddNearAsync(int count = 1)
    {
        for (var i = 0; i < count; i++)
            Add(await NearMachine.StartAsync());
    }

    /// <param name="gpus">Of each machine, as the file of machines has it.</param>
    public SshKeeper NewKeeper(params string[] gpus)
    {
        var words = new SshWords(line =>
        {
            lock (Told)
                Told.Add(line);
        });
        var options = new KeeperOptions(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(30))
        {
            Time = Time,
            Random = () => 1,
        };
        var entrance = new RunEntrance("https://head:5090", _folder["join"]);
        SshRemote Remote(Machine machine, string gpus) =>
            new(SshHost.Parse($"{machine.Line} gpus={gpus}")!, machine.Options, machine.Client);
        return new SshKeeper(
            [.. _machines.Select((machine, i) => new SshMachine(
                Remote(machine, gpus[i]), "edu-run", entrance, _package, words, options))],
            () => Run, () => IsWanted, Logs, words, options);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines)
            await machine.DisposeAsync();
        _package.Dispose();
        File.Delete(_folder["join"]);
        _folder.Dispose();
    }
}

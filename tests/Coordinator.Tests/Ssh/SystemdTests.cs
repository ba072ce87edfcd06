using System.Diagnostics;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>
/// Machines where systemd is at work, which a stand-in for its systemd-run plays: no test may start units of this
/// machine. What it is given is then read by the real one, as far as that is here.
/// </summary>
public sealed class SystemdTests : IAsyncLifetime
{
    /// <summary>As where systemd has begun the system, for what runs in there.</summary>
    private const string Booted =
        "exec unshare --mount sh -c 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec sh -c \"$1\"' sh";

    /// <summary>
    /// Runs a command with nothing of its own environment, and puts its options down. Refuses options that systemd does
    /// not have, words that it would change, names that are taken, and a person's manager that is not named.
    /// </summary>
    private const string SystemdRun =
        """
        units=$FINEWEB_SSH_HOME/../units manager=
        refuse() { echo "systemd-run: $1" >&2; exit 1; }
        options=
        while :; do
          case $1 in
            --user | --system) manager=$1 ;;
            --quiet | --collect) ;;
            --unit) grep -q -- " $2\$" "$units" 2>/dev/null && refuse "Unit $2.service was already loaded"
              options="$options $1" && shift ;;
            -*) refuse "unrecognized option '$1'" ;;
            *) break ;;
          esac
          options="$options $1" && shift
        done
        for word; do
          case $word in '$'* | *'${'* | *'$$'*) refuse "it would be another word: $word" ;; esac
        done
        [ "$manager" != --user ] || [ "$XDG_RUNTIME_DIR" = /run/user/1000 ] || refuse "Failed to connect to bus"
        echo "${options# }" >>"$units"
        setsid env -i "PATH=/usr/bin:/bin" "$@" >/dev/null 2>&1 </dev/null &
        """;

    private KeptMachines _kept = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _kept = await KeptMachines.MakeAsync();

    public ValueTask DisposeAsync() => _kept.DisposeAsync();

    [Theory]
    [InlineData(0, "--system")]
    [InlineData(1000, "--user")]
    public async Task Workers_AreUnitsWithTheEnvironmentOfTheLogin(int user, string manager)
    {
        var machine = await StartAsync(user, "yes");
        var keeper = _kept.NewKeeper("2");
        await keeper.StepAsync(Cancellation);
        Assert.Equal("2 workers on 1 machine", _kept.Told[^1]);
        await Machine.KillAsync(_kept.Workers[0]);
        await keeper.StepAsync(Cancellation);
        Assert.Equal(2, _kept.Workers.Count);
        Assert.Contains(_kept.Told, line => line.Contains("ended, exit code 137", StringComparison.Ordinal));

        await _kept.UntilAtWorkAsync();
        _kept.Run = new RunSight(RunStage.Over, 0);
        await keeper.StepAsync(Cancellation);
        Assert.Empty(_kept.Workers);
        Assert.Empty(Directory.GetFiles(machine.Home, "*.env", SearchOption.AllDirectories));
        Assert.All(Directory.GetFiles(_kept.Logs, "*.log", SearchOption.AllDirectories), log =>
        {
            var text = File.ReadAllText(log);
            Assert.Contains(" through http://gate:3128\n", text, StringComparison.Ordinal);
            Assert.EndsWith("handed in\n", text, StringComparison.Ordinal);
        });
        var units = machine.Record("units");
        Assert.Equal(3, units.Length);
        foreach (var unit in units)
        {
            Assert.StartsWith($"{manager} --quiet --collect --unit edu-run-", unit, StringComparison.Ordinal);
            await DemandKnownAsync("systemd-run", unit);
        }
    }

    /// <summary>systemd would end its units with the connection.</summary>
    [Fact]
    public async Task User_WhoDoesNotLinger_GetsNone()
    {
        var machine = await StartAsync(user: 1000, lingers: "no");
        await _kept.NewKeeper("none").StepAsync(Cancellation);
        Assert.Single(_kept.Workers);
        Assert.Empty(machine.Record("units"));
        await DemandKnownAsync("loginctl", machine.Record("asked")[0]);
    }

    private async Task<NearMachine> StartAsync(int user, string lingers)
    {
        var (exitCode, _, errors) = await Executables.RunAsync(
            new ProcessStartInfo(Executables.Require("unshare"), ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]));
        Executables.Demand(exitCode == 0, $"needs to be allowed 'unshare --mount', as root is: {errors.Trim()}");
        var machine = _kept.Add(await NearMachine.StartAsync(Booted));
        await machine.PutAsync("systemd-run", SystemdRun);
        await machine.PutAsync("id", $"echo {user}");
        await machine.PutAsync("loginctl", $"echo \"$*\" >>\"$FINEWEB_SSH_HOME/../asked\"; echo {lingers}");
        return machine;
    }

    /// <summary>By the real program; with the last option it does nothing but read those before it.</summary>
    private static async Task DemandKnownAsync(string program, string options)
    {
        if (File.Exists($"/usr/bin/{program}"))
            await Executables.OutputOfAsync(
                new ProcessStartInfo($"/usr/bin/{program}", [.. options.Split(' '), "--version"]));
    }
}

using System.Diagnostics;
using System.Globalization;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>Something that ssh reaches, with a folder of its own for programs and runs.</summary>
internal abstract class Machine(string folder) : IAsyncDisposable
{
    /// <summary>As a file of machines has it.</summary>
    public abstract string Line { get; }

    /// <summary>ssh, or what stands in for it.</summary>
    public virtual string Client => "ssh";

    /// <summary>Of the client.</summary>
    public virtual IReadOnlyList<string> Options => [];

    /// <summary>Where the machine keeps programs and runs.</summary>
    public string Home => Path.Combine(folder, "home");

    /// <summary>Processes of its workers that live.</summary>
    public IReadOnlyList<int> Workers => [.. Directory.Exists(Home)
        ? Directory.EnumerateFiles(Home, "*.pid", SearchOption.AllDirectories)
            .Select(file => int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)).Where(IsAlive)
        : []];

    protected string In(string name) => Path.Combine(folder, name);

    /// <summary>From now on nobody reaches it.</summary>
    public abstract Task GoAsync();

    public async ValueTask DisposeAsync()
    {
        await GoAsync();
        foreach (var worker in Workers)
            await LoseAsync(worker);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>It has begun, see <see cref="KeptMachines.UntilAtWorkAsync"/>.</summary>
    public bool IsAtWork(int worker) => File.Exists(Path.Combine(Home, $"at-work.{worker}"));

    public static async Task KillAsync(int process)
    {
        await Executables.RunAsync(new ProcessStartInfo(
            Executables.Require("kill"), ["-KILL", process.ToString(CultureInfo.InvariantCulture)]));
        while (IsAlive(process))
            await Task.Delay(5, TestContext.Current.CancellationToken);
    }

    /// <summary>Kills a worker and who waits for it: nobody writes down any more what it ended with.</summary>
    public static async Task LoseAsync(int worker)
    {
        const string Parent = "PPid:";
        try
        {
            var waiting = int.Parse(
                File.ReadLines($"/proc/{worker}/status")
                    .Single(line => line.StartsWith(Parent, StringComparison.Ordinal))[Parent.Length..],
                CultureInfo.InvariantCulture);
            // A worker that is waited for no more is the child of some other process.
            if (File.ReadAllText($"/proc/{waiting}/cmdline").Contains("\0keep\0", StringComparison.Ordinal))
                await KillAsync(waiting);
        }
        catch (IOException)
        {
            // One of them has ended.
        }

        await KillAsync(worker);
    }

    /// <summary>One that has ended and that nobody has waited for yet has no command line.</summary>
    private static bool IsAlive(int worker)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{worker}/cmdline").Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

/// <summary>A machine that is this one: its ssh runs at once what it is given.</summary>
internal sealed class NearMachine : Machine
{
    private NearMachine(string folder) : base(folder)
    {
    }

    public override string Line => Path.GetFileName(Path.GetDirectoryName(Home)!);

    public override string Client => In("ssh");

    /// <param name="shell">What a login runs its command with.</param>
    public static async Task<NearMachine> StartAsync(string shell = "exec sh -c")
    {
        var machine = new NearMachine(Directory.CreateTempSubdirectory("machine-").FullName);
        var folder = Path.GetDirectoryName(machine.Home);
        await machine.WriteProgramAsync("ssh", $"""
            [ -e {folder}/gone ] && echo "connect to host near port 22: Connection refused" >&2 && exit 255
            for last; do :; done
            export FINEWEB_SSH_HOME={folder}/home PATH={folder}/bin:$PATH HTTPS_PROXY=http://gate:3128
            {shell} "$last"
            """);
        return machine;
    }

    /// <summary>Puts a program in the place of the system's.</summary>
    public Task PutAsync(string name, string script)
    {
        Directory.CreateDirectory(In("bin"));
        return WriteProgramAsync(Path.Combine("bin", name), script);
    }

    /// <summary>Of a program that was put there and writes it.</summary>
    public string[] Record(string name) => File.Exists(In(name)) ? File.ReadAllLines(In(name)) : [];

    public override Task GoAsync() => File.WriteAllTextAsync(In("gone"), "");

    private async Task WriteProgramAsync(string name, string script)
    {
        await File.WriteAllTextAsync(In(name), $"#!/bin/sh\n{script}\n".ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

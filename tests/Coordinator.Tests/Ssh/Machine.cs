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
            await KillAsync(worker);
        Directory.Delete(folder, recursive: true);
    }

    public static async Task KillAsync(int worker)
    {
        await Executables.RunAsync(new ProcessStartInfo(
            Executables.Require("kill"), ["-KILL", worker.ToString(CultureInfo.InvariantCulture)]));
        while (IsAlive(worker))
            await Task.Delay(5, TestContext.Current.CancellationToken);
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

    public static async Task<NearMachine> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("machine-").FullName;
        var client = Path.Combine(folder, "ssh");
        await File.WriteAllTextAsync(client, $"""
            #!/bin/sh
            [ -e {folder}/gone ] && echo "connect to host near port 22: Connection refused" >&2 && exit 255
            for last; do :; done
            export FINEWEB_SSH_HOME={folder}/home
            exec sh -c "$last"

            """.ReplaceLineEndings("\n"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new NearMachine(folder);
    }

    public override Task GoAsync() => File.WriteAllTextAsync(In("gone"), "");
}

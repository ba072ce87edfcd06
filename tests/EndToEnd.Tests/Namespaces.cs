using System.Diagnostics;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>
/// A process in namespaces of its own, which programs can be started in. They have no names: they go when the process
/// and these programs end, and it ends with this process, however that ends.
/// </summary>
internal sealed class Namespaces : IAsyncDisposable
{
    private readonly ProgramProcess _holder;
    private readonly string _kind;

    private Namespaces(ProgramProcess holder, string kind) => (_holder, _kind) = (holder, kind);

    /// <summary>For programs that are to be in there.</summary>
    public ProgramPlace Place => ProgramPlace.Here with { Launcher = Launcher, Root = $"/proc/{_holder.Id}/root" };

    /// <summary>The process in them.</summary>
    public int Id => _holder.Id;

    /// <param name="kind"><c>net</c> or <c>mount</c>. Skips the test where the system does not let us make one.</param>
    /// <param name="setUp">What a shell does there first.</param>
    public static async Task<Namespaces> MakeAsync(string kind, string setUp)
    {
        Executables.Require("unshare");
        Executables.Require("nsenter");
        var holder = ProgramProcess.StartHolder(
            "unshare", $"--{kind}", "sh", "-c", $"{{ {setUp}; }} && echo ready && exec cat");
        try
        {
            await holder.LineWithAsync("ready");
        }
        catch (Exception) when (holder.HasEnded)
        {
            await holder.DisposeAsync();
            Executables.Demand(false, $"needs to be allowed 'unshare --{kind}', as root is: {holder.Errors.Trim()}");
        }

        return new Namespaces(holder, kind);
    }

    /// <summary>Runs a shell's commands in there.</summary>
    public async Task RunAsync(string commands) => await Executables.OutputOfAsync(
        new ProcessStartInfo(Launcher[0], [.. Launcher[1..], "sh", "-c", commands]));

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private string[] Launcher => ["nsenter", $"--{_kind}=/proc/{_holder.Id}/ns/{(_kind == "mount" ? "mnt" : _kind)}"];
}

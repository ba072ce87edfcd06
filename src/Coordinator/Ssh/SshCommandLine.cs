using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary><c>coordinator workers ssh</c>: workers of a live run on machines that are reached by ssh.</summary>
internal static class SshCommandLine
{
    public static Command Create(TextWriter output, TimeProvider time)
    {
        var table = new CommandTable<SshRequest>(
            SshRequest.Settings,
            (request, context, interrupted) => RunAsync(request, output, context.Notices, time, interrupted))
        {
            Examples =
            [
                "coordinator workers ssh hosts.txt",
                "coordinator workers ssh hosts.txt --ssh=-oProxyJump=gate \\\n" +
                    "--programs fineweb-torch-0.1.0-linux-x64-cuda.tar.gz",
                "coordinator workers ssh hosts.txt --stop",
            ],
        };
        return table.Complete(new Command(
            "ssh", "Start workers of a live run on machines that ssh reaches, a worker a GPU, end them with the run"));
    }

    private static async Task<int> RunAsync(
        SshRequest request, TextWriter output, TextWriter notices, TimeProvider time, CancellationToken interrupted)
    {
        var hosts = SshHost.ReadAll(request.Hosts);
        var (folder, name) = RunOf(request);
        var notes = Path.Combine(folder, "ssh");
        if (KeeperNote.IsKept(notes))
            return request.Stop ? EndOther(notes, output) : throw new UserErrorException(
                $"{KeeperNote.Read(notes)?.ToString() ?? "another command"} keeps this run's workers on machines " +
                "already; --stop ends them");
        if (!request.Stop)
            RunSight.DemandWork(folder);
        var entrance = request.Stop
            ? new RunEntrance("", null)
            : RunEntrance.Of(folder, request.Coordinator, request.Access);
        using var package = request.Stop
            ? new ProgramPackage("", "", IsTemporary: false)
            : await ProgramPackage.OfAsync(request.Programs, interrupted);
        using var held = KeeperNote.Take(notes, "this run's workers on machines");
        KeeperNote.Of(hosts.Count, request.Hosts).Write(notes);
        var words = new SshWords(KeeperWords.Stamped(TextWriter.Synchronized(notices), time));
        var options = new KeeperOptions(request.Interval, request.GiveUpAfter) { Time = time };
        return await new SshKeeper(
            [.. hosts.Select(host => new SshMachine(
                new SshRemote(host, request.Options), name, entrance, package, words, options))],
            () => RunSight.Of(folder), () => !request.Stop && KeeperNote.Read(notes)?.Count != 0, notes, words, options)
            .KeepAsync(interrupted);
    }

    /// <summary>The run's ledger is not kept open.</summary>
    private static (string Folder, string Name) RunOf(SshRequest request)
    {
        using var run = StatusCommandLine.Open(request.Run);
        var id = run.Core.Run.RunId;
        return (run.Path, $"fineweb-{id[..Math.Min(12, id.Length)]}");
    }

    /// <summary>The command that keeps the workers looks at its note again and again.</summary>
    private static int EndOther(string notes, TextWriter output)
    {
        if (KeeperNote.Read(notes) is { } note)
            (note with { Count = 0 }).Write(notes);
        output.WriteLine("the command that keeps the workers is about to end them");
        return ExitCode.Success;
    }
}

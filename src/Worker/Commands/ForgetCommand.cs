using System.CommandLine;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker forget</c>: the coordinator that this machine has joined is a stranger again.</summary>
internal static class ForgetCommand
{
    public static Command Create() => new CommandTable<ForgetRequest>([], (_, _, _) => Task.FromResult(Run()))
    {
        Examples = ["worker forget", "XDG_CONFIG_HOME=/etc/fineweb worker forget"],
    }.Complete(new Command(
        "forget", "Forget the coordinator that was joined by a token, and the credential that it gave"));

    private static int Run()
    {
        var path = RememberedCoordinator.FilePath;
        if (!File.Exists(path))
        {
            Console.Out.WriteLine($"nothing to forget: there is no {path}");
            return ExitCode.Success;
        }

        var known = RememberedCoordinator.TryRead();
        File.Delete(path);
        Console.Out.WriteLine($"forgotten: {(known is null ? path : known.Coordinator)}");
        return ExitCode.Success;
    }

    private sealed record ForgetRequest;
}

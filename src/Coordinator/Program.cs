using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Hub;

CommandLineApp.WriteUtf8();
using var signals = new TerminationSignals();
var root = new RootCommand("Scores web text with the FineWeb-Edu classifier on many machines")
{
    RunCommandLine.Create(TimeProvider.System),
    RunCommandLine.CreateStandby(TimeProvider.System),
    StatusCommandLine.Create(Console.Out, HubEnvironment.Process, TimeProvider.System),
    PauseCommandLine.CreatePause(Console.Out),
    PauseCommandLine.CreateResume(Console.Out),
    WorkersCommandLine.Create(Console.Out),
    TokenCommandLine.Create(Console.Out, TimeProvider.System),
    FilesCommandLine.Create(Console.Out),
    VerifyCommandLine.Create(Console.Out, HubEnvironment.Process),
    RunsCommandLine.Create(Console.Out, TimeProvider.System),
    CleanCommandLine.Create(Console.Out, TimeProvider.System),
};
return await CommandLineApp.RunAsync(root, args, signals.Token);

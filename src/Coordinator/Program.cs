using System.CommandLine;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Commands;

using var signals = new TerminationSignals();
var root = new RootCommand("Scores web text with the FineWeb-Edu classifier on many machines")
{
    RunCommandLine.Create(TimeProvider.System),
    StatusCommandLine.Create(Console.Out),
    VerifyCommandLine.Create(Console.Out),
};
return await CommandLineApp.RunAsync(root, args, signals.Token);

using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Kubernetes;
using FineWebTorch.Coordinator.Slurm;
using FineWebTorch.Coordinator.Ssh;
using FineWebTorch.Hub;

CommandLineApp.WriteUtf8();
var output = new PlainWriter(Console.Out);
var stop = TerminationSignals.OfThisProcess.Token;
var root = new RootCommand("Scores web text with the FineWeb-Edu classifier on many machines")
{
    RunCommandLine.Create(TimeProvider.System),
    RunCommandLine.CreateStandby(TimeProvider.System),
    StatusCommandLine.Create(output, HubEnvironment.Process, TimeProvider.System),
    LogsCommandLine.Create(output, TimeProvider.System),
    PauseCommandLine.CreatePause(output),
    PauseCommandLine.CreateResume(output),
    WorkersCommandLine.Create(
        output, SlurmCommandLine.Create(output, TimeProvider.System, SlurmPrograms.RunAsync),
        KubernetesCommandLine.Create(output, TimeProvider.System, Contexts.Find, HubEnvironment.Process),
        SshCommandLine.Create(output, TimeProvider.System)),
    TokenCommandLine.Create(output, TimeProvider.System),
    FilesCommandLine.Create(output),
    VerifyCommandLine.Create(output, HubEnvironment.Process),
    RunsCommandLine.Create(output, TimeProvider.System),
    CleanCommandLine.Create(output, TimeProvider.System),
};
return await CommandLineApp.RunAsync(root, args, stop);

using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;

using var signals = new TerminationSignals();
return await CommandLineApp.RunAsync(WorkerCommand.Create(), args, signals.Token);

using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;

CommandLineApp.WriteUtf8();
using var signals = new TerminationSignals();
return await CommandLineApp.RunAsync(WorkerCommand.Create(), args, signals.Token);

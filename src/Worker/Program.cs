using FineWebTorch.Common;
using FineWebTorch.Worker.Commands;

CommandLineApp.WriteUtf8();
var stop = TerminationSignals.OfThisProcess.Token;
return await CommandLineApp.RunAsync(WorkerCommand.Create(), args, stop);

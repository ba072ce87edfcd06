using FineWebTorch.Common;
using FineWebTorch.FaultyWorker;
using FineWebTorch.Worker.Commands;

// The program `worker` as it is, but for the device that its models are loaded onto.
CommandLineApp.WriteUtf8();
var stop = TerminationSignals.OfThisProcess.Token;
var root = WorkerCommand.Create(
    (device, inFlight) => new FaultyLoader(device, inFlight, FaultyDevice.OfThisProcess));
return await CommandLineApp.RunAsync(root, args, stop);

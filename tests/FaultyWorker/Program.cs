using FineWebTorch.Common;
using FineWebTorch.FaultyWorker;
using FineWebTorch.Worker.Commands;

// The program `worker` as it is, but for the device that its models are loaded onto.
CommandLineApp.WriteUtf8();
using var signals = new TerminationSignals();
var root = WorkerCommand.Create(
    (device, inFlight) => new FaultyLoader(device, inFlight, FaultyDevice.OfThisProcess));
return await CommandLineApp.RunAsync(root, args, signals.Token);

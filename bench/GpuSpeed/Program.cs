using FineWebTorch.Cli;
using FineWebTorch.GpuSpeed;

return await CommandLineApp.RunAsync(GpuCommand.Create(), args, CancellationToken.None);

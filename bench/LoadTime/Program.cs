using FineWebTorch.Cli;
using FineWebTorch.LoadTime;

return await CommandLineApp.RunAsync(LoadCommand.Create(), args, CancellationToken.None);

using FineWebTorch.Cli;
using FineWebTorch.EncoderSpeed;

return await CommandLineApp.RunAsync(EncoderCommand.Create(), args, CancellationToken.None);

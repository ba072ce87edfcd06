using FineWebTorch.Cli;
using FineWebTorch.TokenizerSpeed;

return await CommandLineApp.RunAsync(TokenizerCommand.Create(), args, CancellationToken.None);

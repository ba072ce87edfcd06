using FineWebTorch.Common;
using FineWebTorch.TokenizerSpeed;

return await CommandLineApp.RunAsync(TokenizerCommand.Create(), args, CancellationToken.None);

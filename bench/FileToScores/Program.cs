using FineWebTorch.Cli;
using FineWebTorch.FileToScores;

return await CommandLineApp.RunAsync(FileToScoresCommand.Create(), args, CancellationToken.None);

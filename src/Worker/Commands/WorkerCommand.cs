using System.CommandLine;

namespace FineWebTorch.Worker.Commands;

/// <summary>The program's commands.</summary>
internal static class WorkerCommand
{
    public static RootCommand Create() => new("Scores documents with the FineWeb-Edu classifier")
    {
        ScoreCommand.Create(),
        TokenizeCommand.Create(),
    };
}

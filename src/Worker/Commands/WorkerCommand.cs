using System.CommandLine;

namespace FineWebTorch.Worker.Commands;

/// <summary>The program's commands.</summary>
internal static class WorkerCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Scores documents with the FineWeb-Edu classifier: for a coordinator, or, by its commands, alone")
        {
            ScoreCommand.Create(),
            TokenizeCommand.Create(),
            InfoCommand.Create(),
        };
        WorkCommand.AddTo(root);
        return root;
    }
}

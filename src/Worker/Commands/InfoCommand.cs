using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker info</c>: what this installation is made of.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "As one JSON object" };
        var threads = CommonOptions.Threads();
        var kernels = CommonOptions.Kernels();
        var command = new Command("info", "Show versions, devices and kernels") { json, threads, kernels };
        command.SetAction(parsed =>
        {
            var info = Installation.Examine(parsed.GetValue(threads), parsed.GetValue(kernels)!);
            using var output = StandardOutput.Open();
            try
            {
                output.Write(parsed.GetValue(json) ? info.ToJson() : info.ToText());
            }
            catch (OutputClosedException)
            {
                // Whoever read has seen enough.
            }

            return ExitCode.Success;
        });
        return command;
    }
}

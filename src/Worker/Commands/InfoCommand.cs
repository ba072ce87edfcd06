using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker info</c>: what this installation is made of.</summary>
internal static class InfoCommand
{
    private static OptionTable<InfoRequest> Options => new()
    {
        { new Option<bool>("--json") { Description = "As one JSON object" }, (request, json) => request.Json = json },
        { CommonOptions.Threads(), (request, threads) => request.Threads = threads },
        { CommonOptions.Kernels(), (request, kernels) => request.Kernels = kernels },
    };

    public static Command Create() =>
        Options.Complete(new Command("info", "Show versions, devices and kernels"), (request, _) => Run(request));

    private static Task<int> Run(InfoRequest request)
    {
        var info = Installation.Examine(request.Threads, request.Kernels);
        using var output = StandardOutput.Open();
        try
        {
            output.Write(request.Json ? info.ToJson() : info.ToText());
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return Task.FromResult(ExitCode.Success);
    }

    private sealed class InfoRequest
    {
        public bool Json { get; set; }

        public int? Threads { get; set; }

        public string Kernels { get; set; } = "";
    }
}

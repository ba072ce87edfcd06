using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Worker.Output;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker info</c>: what this installation is made of.</summary>
internal static class InfoCommand
{
    private static IReadOnlyList<Setting<InfoRequest>> Settings { get; } =
    [
        Setting.Flag<InfoRequest>("--json", "As one JSON object", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
        .. CommonOptions.Cpu<InfoRequest>(
            request => request.Device, (request, device) => request with { Device = device }),
    ];

    public static Command Create() =>
        new CommandTable<InfoRequest>(Settings, (request, _, _) => Run(request))
        {
            Examples = ["worker info", "worker info --json"],
        }.Complete(new Command("info", "Show versions, devices and kernels"));

    private static Task<int> Run(InfoRequest request)
    {
        var info = Installation.Examine(request.Device.Threads, request.Device.Kernels);
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

    private sealed record InfoRequest
    {
        public bool Json { get; init; }

        public DeviceChoice Device { get; init; } = new();
    }
}

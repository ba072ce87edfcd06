using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Logs;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;
using FineWebTorch.Telemetry.Logs;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator verify</c>.</summary>
internal static class VerifyCommandLine
{
    private static IReadOnlyList<Setting<VerifyRequest>> Settings { get; } =
    [
        StatusCommandLine.RunSetting<VerifyRequest>((request, folder) => request with { Run = folder }),
        new("--sample", "N", "How many rows, chosen from all finished shards; the same ones every time", "100",
            (request, text) => request with { Sample = OptionText.Whole(text, 1, int.MaxValue) })
        {
            Group = OptionGroup.Input,
        },
        new("--device", "NAME", "cpu, cuda, cuda:N, mps or auto", "auto",
            (request, text) => request with { Device = OptionText.Device(text) })
        {
            Group = OptionGroup.Model,
            Words = ["auto", "cpu", "cuda", "mps"],
        },
        .. LogOptions.Of<VerifyRequest>(request => request.Log, (request, log) => request with { Log = log }),
    ];

    public static Command Create(TextWriter output, HubEnvironment environment) =>
        new CommandTable<VerifyRequest>(
            Settings, (request, context, interrupted) => RunAsync(request, context, output, environment, interrupted))
        {
            Examples =
            [
                "coordinator verify --run runs/0123456789ab",
                "coordinator verify --run runs/nightly --sample 1000 --device cuda",
            ],
        }.Complete(new Command("verify", "Score some rows of finished shards again and compare"));

    private static async Task<int> RunAsync(
        VerifyRequest request, CommandContext context, TextWriter output, HubEnvironment environment,
        CancellationToken interrupted)
    {
        using var folder = StatusCommandLine.Open(request.Run);
        using var log = CoordinatorLog.Open(request.Log, context.Verbose);
        using var hub = new RunHub(environment, log);
        return await new ShardVerifier(folder, hub.Access, output)
            .RunAsync(request.Sample, request.Device, interrupted);
    }

    private sealed record VerifyRequest
    {
        public string Run { get; init; } = "";

        public int Sample { get; init; }

        public string Device { get; init; } = "";

        public LogOptions Log { get; init; } = new();
    }
}

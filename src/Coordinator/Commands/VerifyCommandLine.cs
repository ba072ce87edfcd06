using System.CommandLine;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Verification;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator verify</c>.</summary>
internal static class VerifyCommandLine
{
    private const int DefaultSample = 100;

    public static Command Create(TextWriter output, HubEnvironment environment)
    {
        var run = StatusCommandLine.RunOption();
        var sample = new Option<int>("--sample")
        {
            Description = "How many rows, chosen from all finished shards; the same ones every time",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultSample,
            Validators =
            {
                result =>
                {
                    if (result.GetValueOrDefault<int>() is < 1 and var count)
                        result.AddError($"--sample {count}: must be a whole number of at least 1");
                },
            },
        };
        var device = new Option<string>("--device")
        {
            Description = "cpu, cuda, cuda:N, mps or auto",
            DefaultValueFactory = _ => "auto",
        };
        var command = new Command("verify", "Score some rows of finished shards again and compare")
        {
            run, sample, device,
        };
        command.SetAction(async (parsed, interrupted) =>
        {
            using var folder = StoredRun.Open(parsed.GetRequiredValue(run));
            using var hub = new RunHub(environment, parsed.GetValue<bool>("--verbose"));
            var verifier = new ShardVerifier(folder, hub.Access, output);
            return await verifier.RunAsync(
                parsed.GetValue(sample), parsed.GetRequiredValue(device), interrupted);
        });
        return command;
    }
}

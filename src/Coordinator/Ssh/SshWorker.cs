using System.Globalization;

namespace FineWebTorch.Coordinator.Ssh;

/// <summary>A worker on a machine, as the machine describes it.</summary>
/// <param name="Place">Number of its GPU, or cpu.</param>
/// <param name="IsRunning">Else it has ended.</param>
/// <param name="ExitCode">Of one that has ended.</param>
/// <param name="LastLine">Of what one that has ended has said.</param>
internal sealed record SshWorker(string Place, bool IsRunning, int ExitCode, string LastLine)
{
    public string Where => Place == "cpu" ? "on the CPU" : $"on GPU {Place}";

    /// <summary>A person or the coordinator has told it to end, or another would be turned away as well.</summary>
    public bool IsDone =>
        !IsRunning && ExitCode is Common.ExitCode.Success or Common.ExitCode.Usage or Common.ExitCode.TurnedAway;

    /// <summary>Lines such as <c>0 running</c> and <c>1 ended 1 the driver is gone</c>; others are left out.</summary>
    public static IReadOnlyList<SshWorker> ParseAll(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).OfType<SshWorker>()];

    private static SshWorker? Parse(string line) => line.Split(' ', 4) switch
    {
        [var place, "running"] => new SshWorker(place, IsRunning: true, 0, ""),
        [var place, "ended", var code, .. var rest] when int.TryParse(
            code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) =>
            new SshWorker(place, IsRunning: false, number, rest.Length > 0 ? rest[0].Trim() : ""),
        _ => null,
    };
}

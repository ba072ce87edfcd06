using FineWebTorch.Common;

namespace FineWebTorch.Worker.Preflight;

/// <summary>This machine's clock beside those of who answers: addresses that are signed hold for a while only.</summary>
internal static class ClockCheck
{
    private static readonly TimeSpan Tolerated = TimeSpan.FromMinutes(1);

    /// <summary>Beyond it the Hub's addresses are taken for expired, and certificates for not valid yet.</summary>
    private static readonly TimeSpan Harmful = TimeSpan.FromMinutes(10);

    /// <param name="answers">Who answered, what its clock read, and what ours did.</param>
    public static Finding Judge(IReadOnlyList<(string Who, DateTimeOffset Theirs, DateTimeOffset Ours)> answers)
    {
        if (answers.Count == 0)
            return Finding.Skipped("clock", "nobody answered whose clock could be compared");
        var (who, theirs, ours) = answers.MaxBy(answer => (answer.Ours - answer.Theirs).Duration());
        var off = ours - theirs;
        var text = $"{NumberText.Duration(off.Duration())} {(off < TimeSpan.Zero ? "behind" : "ahead of")} {who}";
        const string advice = "let the system keep it: timedatectl set-ntp true";
        // Answers name whole seconds.
        return off.Duration() <= TimeSpan.FromSeconds(2) ? Finding.Good("clock", $"as {who}'s")
            : off.Duration() <= Tolerated ? Finding.Good("clock", text)
            : off.Duration() <= Harmful ? Finding.Doubtful("clock", text, advice)
            : Finding.Bad("clock", text, advice);
    }
}

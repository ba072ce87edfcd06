using FineWebTorch.Common;
using FineWebTorch.Coordinator.Keeping;

namespace FineWebTorch.Coordinator.Tests;

/// <summary>A person's Ctrl-C.</summary>
internal static class Interruption
{
    /// <summary>It comes in the pause after the first look.</summary>
    public static async Task InterruptAsync<TWords>(this Keeper<TWords> keeper)
        where TWords : KeeperWords
    {
        using var interrupted = new CancellationTokenSource();
        var keeping = keeper.KeepAsync(interrupted.Token);
        await interrupted.CancelAsync();
        Assert.Equal(ExitCode.Interrupted, await keeping);
    }
}

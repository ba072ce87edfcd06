using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// Ends a worker with the one who started it. A pipe closes however its other end dies, on every system, also where a
/// shell stands between the two.
/// </summary>
internal sealed class StandardInputWatch : IDisposable
{
    /// <summary>More than an orderly end takes: whatever hangs then is not waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _ended;

    private StandardInputWatch(CancellationToken stop) =>
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stop);

    /// <summary>Cancelled at the end of the input, and by the token that it was made with.</summary>
    public CancellationToken Token => _ended.Token;

    public static StandardInputWatch Start(CancellationToken stop)
    {
        var watch = new StandardInputWatch(stop);
        // Of its own: a read of standard input cannot be interrupted, and must not keep the process.
        new Thread(watch.ReadToEnd) { IsBackground = true, Name = "standard input" }.Start();
        return watch;
    }

    public void Dispose() => _ended.Dispose();

    private void ReadToEnd()
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        try
        {
            while (input.Read(buffer) > 0)
            {
                // Whatever is written there says no more than that someone is there.
            }
        }
        catch (IOException)
        {
            // Gone is gone.
        }

        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        Thread.Sleep(Patience);
        TerminationSignals.EndAtOnce(ExitCode.NoCoordinator);
    }
}

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// Calls for a sign of life every few seconds, on a thread of its own, so that nothing but a process that is stopped or
/// hangs as a whole gives none.
/// </summary>
internal sealed class SignsOfLife : IDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;

    /// <param name="interval">Infinite: none is given.</param>
    /// <param name="sign">Must not throw.</param>
    public SignsOfLife(TimeSpan interval, Action sign)
    {
        _thread = new Thread(() =>
        {
            while (!_end.Wait(interval))
                sign();
        })
        {
            IsBackground = true,
            Name = "signs of life",
        };
        _thread.Start();
    }

    /// <summary>Returns when no further sign will be given.</summary>
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }
}

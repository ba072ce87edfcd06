using System.Runtime.InteropServices;

namespace FineWebTorch.Common;

/// <summary>
/// SIGINT and SIGTERM: the first asks for an orderly end, the second ends the process at once.
/// </summary>
public sealed partial class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<int> _endAtOnce;
    private int _count;

    /// <param name="endAtOnce">Ends the process with an exit code; replaced in tests.</param>
    public TerminationSignals(Action<int>? endAtOnce = null)
    {
        _endAtOnce = endAtOnce ?? EndAtOnce;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    /// <summary>What a signal does; public so that a test needs no real one.</summary>
    public void Receive()
    {
        if (Interlocked.Increment(ref _count) > 1)
            _endAtOnce(ExitCode.Interrupted);
        else
            _asked.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _asked.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        // Cancellation callbacks may take a while; the signal thread must stay free for the second signal.
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.Receive(), this, preferLocal: false);
    }

    /// <summary>Ends the process without running handlers, finalizers or destructors of native libraries.</summary>
    public static void EndAtOnce(int exitCode)
    {
        // Environment.Exit waits for handlers and finalizers, which is what a second signal wants to skip.
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            ExitWithoutHandlers(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitWithoutHandlers(int status);
}

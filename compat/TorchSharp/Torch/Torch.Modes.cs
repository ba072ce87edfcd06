using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>No gradients are recorded on this thread until it is disposed, on this thread.</summary>
    public static IDisposable no_grad() => new GradMode(enabled: false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => NativeMethods.fwt_grad_enabled() != 0;

    /// <summary>
    /// As <see cref="no_grad"/>, and the tensors made meanwhile can never take part in recording. Scopes must be
    /// disposed in the opposite order of their making.
    /// </summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => NativeMethods.fwt_inference_mode_enabled() != 0;

    /// <summary>
    /// All tensors that this thread makes from now on are disposed with the scope, unless they are moved out of it.
    /// </summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewScope();

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();
        private readonly int _thread = Environment.CurrentManagedThreadId;
        private bool _disposed;

        public GradMode(bool enabled) => NativeMethods.fwt_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose()
        {
            if (_disposed)
                return;
            RequireThread(_thread);
            _disposed = true;
            NativeMethods.fwt_set_grad_enabled(_before ? 1 : 0);
        }
    }

    private sealed class InferenceMode : IDisposable
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;
        private nint _guard;

        public InferenceMode(bool enabled) =>
            NativeMethods.fwt_inference_mode_enter(enabled ? 1 : 0, out _guard);

        public void Dispose()
        {
            if (_guard == 0)
                return;
            RequireThread(_thread);
            NativeMethods.fwt_inference_mode_leave(_guard);
            _guard = 0;
        }
    }

    // Left on another thread a mode would stay set here and be changed there, unnoticed.
    private static void RequireThread(int thread)
    {
        if (thread != Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("A mode must be left on the thread that entered it.");
    }
}

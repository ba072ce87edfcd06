namespace TorchSharp.Interop;

/// <summary>Keeps the native tensors of a list alive while a call reads the array of their pointers.</summary>
internal readonly ref struct TensorHandles
{
    private readonly TensorHandle[] _held;

    public TensorHandles(IReadOnlyCollection<torch.Tensor> tensors)
    {
        Pointers = new nint[tensors.Count];
        _held = new TensorHandle[tensors.Count];
        var held = 0;
        try
        {
            foreach (var tensor in tensors)
            {
                var added = false;
                tensor.SafeHandle.DangerousAddRef(ref added);
                _held[held] = tensor.SafeHandle;
                Pointers[held++] = tensor.SafeHandle.DangerousGetHandle();
            }
        }
        catch
        {
            Release(_held.AsSpan(0, held));
            throw;
        }
    }

    public nint[] Pointers { get; }

    public void Dispose() => Release(_held);

    private static void Release(ReadOnlySpan<TensorHandle> handles)
    {
        foreach (var handle in handles)
            handle.DangerousRelease();
    }
}

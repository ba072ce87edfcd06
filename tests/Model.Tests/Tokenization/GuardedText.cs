using System.Runtime.InteropServices;

namespace FineWebTorch.Model.Tests.Tokenization;

/// <summary>
/// A text of which only the first bytes can be read: behind them lies memory that ends the process when it is touched.
/// </summary>
internal sealed partial class GuardedText : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _memory;
    private readonly nint _size;
    private readonly nint _text;
    private readonly int _length;

    /// <param name="readable">The bytes that may be read.</param>
    /// <param name="length">Of the whole text.</param>
    public GuardedText(ReadOnlySpan<byte> readable, int length)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's mmap");
        _length = length;
        nint page = Environment.SystemPageSize;
        var open = (readable.Length + page - 1) / page * page;
        _size = open + ((length + page - 1) / page * page) + page;
        _memory = Map(0, _size, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _memory);
        _text = _memory + open - readable.Length;
        unsafe
        {
            readable.CopyTo(new Span<byte>((void*)_text, readable.Length));
        }
        Assert.Equal(0, Protect(_memory + open, _size - open, 0));
    }

    public unsafe ReadOnlySpan<byte> Span => new((void*)_text, _length);

    public void Dispose() => Assert.Equal(0, Unmap(_memory, _size));

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nint length);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FineWebTorch.Worker.Output;

/// <summary>
/// Standard output that notices when nobody reads it any more: the console's own stream goes on in silence.
/// </summary>
internal static class StandardOutput
{
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // Of a file the console's stream moves the shared position on, which a FileStream does not.
        return pipe.CanSeek ? Console.OpenStandardOutput() : new PipeStream(pipe);
    }

    private sealed class PipeStream(Stream pipe) : Stream
    {
        private const int BrokenPipe = 32;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                pipe.Write(buffer);
            }
            catch (IOException gone) when (gone.HResult == BrokenPipe || Marshal.GetLastPInvokeError() == BrokenPipe)
            {
                throw new OutputClosedException(gone);
            }
        }

        public override void Flush() => pipe.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Who read our output has gone, as <c>head</c> does; nothing is wrong.</summary>
internal sealed class OutputClosedException(IOException inner) : IOException(inner.Message, inner);

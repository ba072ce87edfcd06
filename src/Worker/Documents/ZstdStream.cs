using ZstdSharp;
using ZstdSharp.Unsafe;

namespace FineWebTorch.Worker.Documents;

/// <summary>Unpacks Zstandard of one or several frames, also those of <c>zstd --long=31</c>.</summary>
internal sealed class ZstdStream : ReadOnlyStream
{
    /// <summary>
    /// Frames say themselves how much of it they need: up to a quarter of the memory that there is, and what zstd itself
    /// takes without being told in any case.
    /// </summary>
    private static readonly int LargestWindowLog = (int)Math.Clamp(
        Math.Log2(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4.0), 27, 31);

    private readonly DecompressionStream _frames;

    public ZstdStream(Stream packed)
    {
        _frames = new DecompressionStream(packed, leaveOpen: false);
        _frames.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
    }

    /// <exception cref="PackedDataException">The data is damaged or was cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _frames.Read(buffer);
        }
        catch (Exception damaged) when (damaged is ZstdException or EndOfStreamException)
        {
            throw new PackedDataException("zstd", damaged);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _frames.Dispose();
        base.Dispose(disposing);
    }
}

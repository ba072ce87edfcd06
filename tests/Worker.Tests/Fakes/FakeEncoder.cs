using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Tests.Fakes;

/// <summary>Every byte a token, between 1 and 2.</summary>
internal sealed class FakeEncoder : ITextEncoder
{
    public int MaxLength => 16;

    public int Encode(ReadOnlySpan<byte> utf8, Span<int> ids)
    {
        var length = Math.Min(utf8.Length, MaxLength - 2);
        ids[0] = 1;
        for (var i = 0; i < length; i++)
            ids[i + 1] = utf8[i];
        ids[length + 1] = 2;
        return length + 2;
    }
}

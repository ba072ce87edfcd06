using FineWebTorch.PeerModels;

namespace FineWebTorch.Bench.Tests;

public class ProtoMessageTests
{
    [Fact]
    public void Number_ExampleOfTheSpecification_HasItsBytes() =>
        Assert.Equal([0x08, 0x96, 0x01], new ProtoMessage().Number(1, 150).Bytes.ToArray());

    [Fact]
    public void Number_Negative_TakesTenBytes() => Assert.Equal(
        [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        new ProtoMessage().Number(3, -1).Bytes.ToArray());

    [Fact]
    public void Text_ExampleOfTheSpecification_HasItsBytes() => Assert.Equal(
        [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67], new ProtoMessage().Text(2, "testing").Bytes.ToArray());

    [Fact]
    public void Message_InAMessage_HasItsLengthBeforeIt() => Assert.Equal(
        [0x1A, 0x03, 0x08, 0x96, 0x01],
        new ProtoMessage().Message(3, new ProtoMessage().Number(1, 150)).Bytes.ToArray());

    [Fact]
    public void Number_HighField_TakesTwoBytesForItsTag() =>
        Assert.Equal([0xA0, 0x01, 0x07], new ProtoMessage().Number(20, 7).Bytes.ToArray());

    [Fact]
    public void Single_One_IsLittleEndian() =>
        Assert.Equal([0x15, 0x00, 0x00, 0x80, 0x3F], new ProtoMessage().Single(2, 1f).Bytes.ToArray());
}

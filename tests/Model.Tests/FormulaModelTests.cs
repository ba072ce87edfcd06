namespace FineWebTorch.Model.Tests;

public class FormulaModelTests
{
    [Fact]
    public void Fill_KnownTensors_GivesTheReferencesValues()
    {
        var bias = new float[1];
        FormulaModel.Fill("classifier.bias", 0, bias);
        Assert.Equal(-0.04666188, bias[0], 5e-9);
        var words = new float[4];
        FormulaModel.Fill("bert.embeddings.word_embeddings.weight", 0, words);
        double[] expected = [-0.06641101, -0.035715, 0.08497871, -0.04667358];
        Assert.All(words.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 6e-9));
    }

    [Fact]
    public void Fill_FromTheMiddle_GoesOn()
    {
        var all = new float[5];
        FormulaModel.Fill("classifier.weight", 0, all);
        var rest = new float[2];
        FormulaModel.Fill("classifier.weight", 3, rest);
        Assert.Equal(all[3..], rest);
    }
}
